#!/bin/sh
# Makes the desk's namespace on Temporal with its search attributes; repeats harmlessly.
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read by the command `temporal` itself.
set -eu

: "${TEMPORAL_ADDRESS:?is missing}" "${TEMPORAL_NAMESPACE:?is missing}"
if [ "${RETENTION_DAYS:?is missing}" -lt 90 ]; then
  echo "FIRSTLINE_RETENTION_DAYS is $RETENTION_DAYS: closed histories are kept 90 days or more" >&2
  exit 2
fi

# Caches of the server learn of a new namespace a moment later than its caller.
patiently() {
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 60 ]; then
      "$@"
      return
    fi
    sleep 1
  done
}

patiently temporal operator cluster health
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" \
    --retention "${RETENTION_DAYS}d"
patiently temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" \
  --retention "${RETENTION_DAYS}d"
for attribute in TicketKind TicketPriority TicketStatus SupportGroup PolicyVersion; do
  patiently temporal operator search-attribute create --name "$attribute" --type Keyword
done
echo "namespace $TEMPORAL_NAMESPACE: histories are kept for $RETENTION_DAYS days"
