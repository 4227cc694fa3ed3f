"""Azure's public regions open to everyone or restricted, and the few VM sizes the emulator speaks of."""

from __future__ import annotations

WITH_ZONES = ["australiaeast", "austriaeast", "belgiumcentral", "brazilsouth", "canadacentral", "centralindia", "centralus", "chilecentral", "denmarkeast", "eastasia", "eastus", "eastus2", "francecentral", "germanywestcentral", "indiasouthcentral", "indonesiacentral", "israelcentral", "italynorth", "japaneast", "japanwest", "koreacentral", "malaysiawest", "mexicocentral", "newzealandnorth", "northeurope", "norwayeast", "polandcentral", "qatarcentral", "southafricanorth", "southcentralus", "southeastasia", "spaincentral", "swedencentral", "switzerlandnorth", "uaenorth", "uksouth", "westeurope", "westus2", "westus3"]
WITHOUT_ZONES = ["australiacentral", "australiacentral2", "australiasoutheast", "brazilsoutheast", "canadaeast", "francesouth", "germanynorth", "koreasouth", "northcentralus", "norwaywest", "southafricawest", "southindia", "switzerlandwest", "uaecentral", "ukwest", "westcentralus", "westindia", "westus"]
REGIONS = sorted([*WITH_ZONES, *WITHOUT_ZONES])

# name: (family, vCPUs, GiB)
VM_SIZES = {
    "Standard_B2s": ("standardBSFamily", 2, 4),
    "Standard_B2ms": ("standardBSFamily", 2, 8),
    "Standard_D2s_v5": ("standardDSv5Family", 2, 8),
    "Standard_D4s_v5": ("standardDSv5Family", 4, 16),
    "Standard_D8s_v5": ("standardDSv5Family", 8, 32),
    "Standard_D2ds_v5": ("standardDDSv5Family", 2, 8),
    "Standard_D4ds_v5": ("standardDDSv5Family", 4, 16),
    "Standard_D8ds_v5": ("standardDDSv5Family", 8, 32),
    "Standard_DS2_v2": ("standardDSv2Family", 2, 7),
    "Standard_E4s_v5": ("standardESv5Family", 4, 32),
}
VCPU_LIMIT = 100
