"""Saved configurations on the wire, the presets that every project has, and the jobs that they ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import RAISE, ValidationError, fields, validate

from engines.parameters.conditions import Conditions
from engines.parameters.modes import LATEST_VERSIONS
from models.base import new_uuid, now
from models.configurations import NAME_LENGTH, Configuration, ProductType
from models.sealed import Sealed
from schemas import job_config
from schemas.base import Boolean, Choice, Items, Moment, Text, WireSchema, messages
from schemas.classify_v2 import V2ConfigurationSchema, config_of_v2
from schemas.job_config import JobConfig
from schemas.paging import CursorSchema, page_schema
from schemas.parse_v2_options import PER_DOCUMENT, ParseRequestConfigurationSchema, Tier, job_of_v2
from schemas.secrets import join_secrets, split_secrets, unmasked

OTHER_PRODUCTS = ("extract_v2", "split_v1", "spreadsheet_v1", "unknown")
"""Product types that clients know and this server has no jobs of."""

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        f"cfg-PARSE_{tier.upper()}": {
            "product_type": ProductType.PARSE_V2.value,
            "tier": tier.value,
            "version": "latest",
        }
        for tier in Tier
    }
)
"""Parameters by id: one preset for each tier, readable by every project, written by none."""


class ParseV2ParametersSchema(ParseRequestConfigurationSchema):  # type: ignore[misc, valid-type] # a schema made of a table
    """The parameters of a `parse_v2` configuration: a v2 parse configuration without what is said of one document."""

    class Meta:
        """Options of marshmallow."""

        unknown = RAISE
        exclude = PER_DOCUMENT

    product_type = fields.String(required=True, validate=validate.Equal(ProductType.PARSE_V2.value))


class ClassifyV2ParametersSchema(V2ConfigurationSchema):
    """The parameters of a `classify_v2` configuration."""

    product_type = fields.String(required=True, validate=validate.Equal(ProductType.CLASSIFY_V2.value))


SCHEMAS: Mapping[str, type[WireSchema]] = {
    ProductType.PARSE_V2: ParseV2ParametersSchema,
    ProductType.CLASSIFY_V2: ClassifyV2ParametersSchema,
}


class ParametersField(fields.Field[Any]):
    """The parameters of a configuration as JSON, of the product type that they name; dumped as they are kept."""

    default_error_messages = messages("Input should be a valid dictionary")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        value = super()._deserialize(value, attr, data, **kwargs)
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        if "product_type" not in value:
            raise ValidationError({"product_type": ["Field required"]})
        product_type = value["product_type"]
        if not isinstance(product_type, str) or product_type not in SCHEMAS:
            raise ValidationError({"product_type": [refusal(product_type)]})
        schema = SCHEMAS[product_type]()
        loaded = schema.load(value)
        return dict(value) if product_type == ProductType.PARSE_V2 else schema.dump(loaded)


def refusal(product_type: Any) -> str:
    """Why a product type is refused."""
    known = " and ".join(ProductType)
    if product_type in OTHER_PRODUCTS:
        return f"This server has no {product_type} jobs, only {known}"
    return f"Input should be one of {', '.join(ProductType)}"


def parameters_properties(converter: OpenAPIConverter, one: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """Describe a ParametersField to OpenAPI; register it with `converter.add_attribute_function`."""
    if not isinstance(one, ParametersField):
        return {}
    resolve: Callable[[type[WireSchema]], dict[str, Any]] = converter.resolve_nested_schema
    return {"oneOf": [resolve(schema) for schema in SCHEMAS.values()]}


class ConfigurationCreateRequestSchema(WireSchema):
    """A configuration to be saved; one of the same name and product type is replaced."""

    name = Text(required=True, validate=validate.Length(1, NAME_LENGTH))
    parameters = ParametersField(required=True)


class ConfigurationUpdateRequestSchema(WireSchema):
    """What should change about a configuration; what is left out or null stays."""

    name = Text(allow_none=True, validate=validate.Length(1, NAME_LENGTH))
    parameters = ParametersField(allow_none=True)


class ConfigurationListQuerySchema(CursorSchema):
    """Query parameters of the list of configurations."""

    product_type = Items(
        Text(validate=validate.OneOf([*ProductType, *OTHER_PRODUCTS])),
        load_default=[],
        metadata={"description": "Only configurations of these product types; the key may be repeated."},
    )
    name = Text(load_default=None, metadata={"description": "Only configurations of exactly this name."})
    latest_only = Boolean(
        load_default=False, metadata={"description": "Changes nothing: only the newest version of a name is kept."}
    )


class ConfigurationResponseSchema(WireSchema):
    """A saved configuration, or a preset."""

    id = Text(required=True, metadata={"description": "What requests name as `configuration_id`."})
    name = Text(required=True)
    product_type = Choice(ProductType, by_value=Text, required=True)
    version = Moment(
        attribute="version_at", required=True, metadata={"description": "When its parameters were last set."}
    )
    parameters = ParametersField(required=True, metadata={"description": "Secrets are shown as `***`."})
    created_at = Moment(allow_none=True)
    updated_at = Moment(allow_none=True)


ConfigurationQueryResponseSchema = page_schema(ConfigurationResponseSchema, "ConfigurationQueryResponse")


def preset(configuration_id: str) -> Configuration | None:
    """The preset of this id, in no session; None when there is none."""
    parameters = PRESETS.get(configuration_id)
    if parameters is None:
        return None
    return Configuration(
        id=configuration_id,
        product_type=ProductType(parameters["product_type"]),
        name=configuration_id.removeprefix("cfg-"),
        parameters=dict(parameters),
        version_at=dt.datetime.fromisoformat(LATEST_VERSIONS[parameters["tier"]]).replace(tzinfo=dt.UTC),
    )


def keep(configuration: Configuration, parameters: Mapping[str, Any]) -> None:
    """Set the parameters, their secrets apart. A secret that comes back as the mask that answers show keeps its value.

    Raises UnreadableError when there is no key, and ValidationError, keyed by its place, for a mask without a secret.
    """
    public, secrets = split_secrets(unmasked(parameters, whole_parameters(configuration)))
    configuration.parameters, configuration.secrets = public, Sealed.of(secrets) if secrets else None
    configuration.version_at = now()


def whole_parameters(configuration: Configuration) -> dict[str, Any]:
    """The parameters with their secrets. Raises UnreadableError."""
    return join_secrets(configuration.parameters, configuration.open_secrets())


def job_of(parameters: Mapping[str, Any], conditions: Conditions) -> JobConfig:
    """The job that the parameters of a configuration ask for, checked under `conditions`.

    Raises ValidationError, keyed by where in the parameters.
    """
    if parameters["product_type"] == ProductType.PARSE_V2:
        return job_of_v2({name: value for name, value in parameters.items() if name != "product_type"}, conditions)
    payload = {"configuration": V2ConfigurationSchema().load(parameters)}
    try:
        config = config_of_v2(payload, new_uuid())
    except ValidationError as error:
        problems: dict[str, Any] = error.messages["configuration"]  # type: ignore[call-overload] # always keyed so
        raise ValidationError(problems) from error
    job_config.validate(config, conditions)
    return config
