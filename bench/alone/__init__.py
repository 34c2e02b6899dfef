"""What is measured of this agent alone: the peers neither judge, nor write, nor tell anybody anything."""
