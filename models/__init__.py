"""What Sheaf remembers, and the legal moves between states. Plain SQLAlchemy: neither Flask nor Celery is known here.

What takes a session works in the caller's transaction and never commits; what takes none (erasure, retention, migration) opens
transactions of its own. Any of it raises SQLAlchemy's errors, OperationalError when the database is away.
"""

from __future__ import annotations

from models.base import Base, Session, connect, read_session
from models.batch import BatchJob
from models.broker_epoch import BrokerEpoch
from models.configurations import Configuration
from models.corrections import Correction
from models.files import Directory, DirectoryFile, File
from models.items import BatchItem
from models.model_use import ModelSpending, ModelTurn
from models.pages import BatchPage
from models.projects import ApiKey, Organization, Project
from models.quarantine import QuarantinedFile
from models.results import CachedResult, ProcessingResult
from models.webhook_configs import WebhookConfig
from models.webhooks import WebhookDelivery
from models.workers import WorkerProcess

__all__ = [
    "ApiKey",
    "Base",
    "BatchItem",
    "BatchJob",
    "BatchPage",
    "BrokerEpoch",
    "CachedResult",
    "Configuration",
    "Correction",
    "Directory",
    "DirectoryFile",
    "File",
    "ModelSpending",
    "ModelTurn",
    "Organization",
    "ProcessingResult",
    "Project",
    "QuarantinedFile",
    "Session",
    "WebhookConfig",
    "WebhookDelivery",
    "WorkerProcess",
    "connect",
    "read_session",
]
