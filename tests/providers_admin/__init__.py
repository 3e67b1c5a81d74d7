"""The admin and the forms of providers, where two people meet and where rights end."""
