"""How moto is extended without being changed: rebinding methods on its classes at start-up."""
from __future__ import annotations

import functools
import sys
import types
from typing import Any


def swap(cls: type, name: str, new: Any) -> None:
    """Replace `cls.name`; the original stays reachable as `_moto_<name>`."""
    keep = f"_moto_{name}"
    if not hasattr(cls, keep):
        setattr(cls, keep, getattr(cls, name))
    setattr(cls, name, new)


def share_sdk_models() -> None:
    """Read each of botocore's service models once: its sessions, moto's too, share one loader."""
    import botocore.loaders
    import botocore.session
    botocore.loaders.create_loader = botocore.session.create_loader = functools.cache(
        botocore.loaders.create_loader)


def without_openapi_validator() -> None:
    """moto.apigateway imports a large validator that only its imports of OpenAPI files use."""
    try:
        import openapi_spec_validator  # noqa: F401
        return
    except ImportError:
        pass
    for part in ("", ".validation", ".validation.exceptions"):
        stub: Any = types.ModuleType(f"openapi_spec_validator{part}")
        stub.__path__ = []
        stub.validate = lambda *_a, **_k: None
        stub.OpenAPIValidationError = ValueError
        sys.modules[stub.__name__] = stub
