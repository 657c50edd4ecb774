"""The first page of the ward's desk: what happened today, counted by four parties, without personal data."""
