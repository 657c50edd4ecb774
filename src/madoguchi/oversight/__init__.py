"""区の職員・審議会の統制 (`oversight`): the ward's desk over everything that issuer and center have counted."""
