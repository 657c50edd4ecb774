"""Writing the certificate's PDF (ISO 32000-1) by compiling: what is constant once, what is the person's per paper."""
