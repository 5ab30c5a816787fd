"""A real vLLM on the CPU, opt-in: `make test-vllm`."""
