"""税務システム (`tax`): the ward's system of record for resident tax; it sends what certificates are made from."""
