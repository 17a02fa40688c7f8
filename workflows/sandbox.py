"""The sandbox that tickets run in: the engine's own, entered for the workflow's code alone."""

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

PASSED_THROUGH = ("desk", "activities", "pydantic", "pydantic_core", "annotated_types", "tzdata")


class _Instance(WorkflowInstance):
    """Answers by itself what the engine asks about each payload, several times over.

    What is asked for is the context of converters that know one; the desk's knows none, and to
    enter the sandbox for it took a fifth of the worker's time for a step.
    """

    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed
        self._store_context: StorageDriverStoreContext | None = None

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._sandboxed.activate(act)

    def get_serialization_context(self, command_info: object) -> SerializationContext | None:
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        if self._store_context is None:
            self._store_context = self._sandboxed.get_external_store_context(None)
        return self._store_context

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()


class Sandbox(SandboxedWorkflowRunner):
    """The engine's sandbox, with less to ask."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A ticket's workflow in a sandbox of its own."""
        return _Instance(super().create_instance(det))


RUNNER = Sandbox(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
