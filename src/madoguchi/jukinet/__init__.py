"""住基ネットCS (`jukinet`): the ward's registry server; it knows which card certificates belong to which resident."""
