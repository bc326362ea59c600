"""All faults, in the order in which they run; those of one variant of the stack come together."""

from __future__ import annotations

from chaos.brokers import FlushAll, HalfOpen, KillBroker
from chaos.copies import DuplicateMessages
from chaos.databases import LockSqlite, RestartPostgresql
from chaos.endpoints import ModelAway, ModelBusy, ModelCancelled, ModelSlow
from chaos.fault import Fault, Nothing
from chaos.poisons import PoisonCrash, PoisonGrip, PoisonLoop, PoisonMemory
from chaos.priorities import Priorities
from chaos.processes import (
    KillApi,
    KillBeat,
    KillControl,
    KillEngineChild,
    KillPoolChild,
    KillWorker,
    KillWorkerInQueue,
    StopPoolChild,
    StopWorker,
    TermWorker,
)
from chaos.reconcilers import TwoReconcilers
from chaos.stores import DiskFull, StorageErrors

FAULTS: tuple[Fault, ...] = (
    Nothing(),
    Priorities(),
    KillPoolChild(),
    KillWorker(),
    KillApi(),
    KillBeat(),
    KillControl(),
    TermWorker(),
    StopPoolChild(),
    StopWorker(),
    FlushAll(),
    KillBroker(),
    RestartPostgresql(),
    LockSqlite(),
    DuplicateMessages(),
    TwoReconcilers(),
    KillEngineChild(),
    KillWorkerInQueue(),
    HalfOpen(),
    PoisonCrash(),
    PoisonLoop(),
    PoisonGrip(),
    PoisonMemory(),
    DiskFull(),
    StorageErrors(),
    ModelAway(),
    ModelSlow(),
    ModelBusy(),
    ModelCancelled(),
)
