"""The `cloudnative` Pulumi plugin: Image, Bundle, Release, GeneratedSecret."""
