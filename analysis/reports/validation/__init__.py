"""The report of a validation: how far its annotators agree, and how much of the dataset passes."""
