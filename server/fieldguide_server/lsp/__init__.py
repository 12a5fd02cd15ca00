"""The Language Server Protocol: transport, JSON-RPC, conversion, and what is sent to the client."""
