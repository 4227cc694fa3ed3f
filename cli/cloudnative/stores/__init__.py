"""Where Pulumi's state lies: a folder, or a container of an Azure storage account; one interface for both."""
