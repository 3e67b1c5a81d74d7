"""What blueprints that write Python share: names, types, the translator of rules, formatting, common files."""
