"""What each command does, as one public function: it reads and writes files and returns a typed result."""
