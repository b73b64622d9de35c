"""The bundled newsroom: a small invented news world, served on this machine, whose right rows and ledger are known in advance."""
