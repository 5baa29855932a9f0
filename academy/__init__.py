"""Academy: a platform with which a training academy teaches, examines and certifies."""

__version__ = "0.1.0"
