"""税務システム: the ward's tax information system, system of record for 特別区民税・都民税."""
