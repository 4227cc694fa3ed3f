"""The ports of call. The key is the port's UN/LOCODE."""

PORTS = {
    "AEJEA": "Jebel Ali",
    "AUSYD": "Sydney",
    "BRSSZ": "Santos",
    "CNSHA": "Shanghai",
    "DEHAM": "Hamburg",
    "ESVLC": "Valencia",
    "GBFXT": "Felixstowe",
    "JPYOK": "Yokohama",
    "KRINC": "Incheon",
    "KRPUS": "Busan",
    "MAPTM": "Tanger Med",
    "NLRTM": "Rotterdam",
    "SGSIN": "Singapore",
    "USLAX": "Los Angeles",
    "USNYC": "New York",
    "ZADUR": "Durban",
}
