"""vLLM inside a worker: run by `make test-vllm` with the Python that has vLLM."""
