#!/bin/sh
# Makes .env for docker compose: .env.example, with a fresh random value for each secret.
# Run from the project's folder; an .env that is there is left as it is.
set -eu

if [ -e .env ]; then
  echo ".env is there already: keep it, the database was made with its passwords" >&2
  exit 1
fi

random() {
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

key() {
  head -c 32 /dev/urandom | base64 | tr -d '\n'
}

umask 077
draft=$(mktemp .env.XXXXXX)
trap 'rm -f "$draft"' EXIT
while IFS= read -r line; do
  case $line in
    FIRSTLINE_SIGNING_KEY=) printf '%s%s\n' "$line" "$(key)" ;;
    FIRSTLINE_SECRET= | POSTGRES_*PASSWORD=) printf '%s%s\n' "$line" "$(random)" ;;
    *) printf '%s\n' "$line" ;;
  esac
done <.env.example >"$draft"
mv "$draft" .env
echo "made .env: keep a copy where you keep secrets, tokens and ticket numbers depend on it"
