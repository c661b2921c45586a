"""The command: one thin module per subcommand; here real parts are put together."""
