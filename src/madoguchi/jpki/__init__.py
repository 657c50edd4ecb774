"""公的個人認証サービス: the certificate authority of the cards. Certificates, OCSP, CRL; it knows no resident."""
