"""Owns webhooks: what is told to other systems by HTTP, signed, kept until it arrived, and never in the way of a score."""
