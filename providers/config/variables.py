"""The variables of the environment that hold providers' keys by their usual names."""

from __future__ import annotations

# A workspace may name these and no others: the environment holds secrets that are not a provider's.
PROVIDER_VARIABLES = frozenset(
    {
        "AI21_API_KEY", "ANTHROPIC_API_KEY", "AZURE_AI_API_KEY", "AZURE_API_KEY", "CEREBRAS_API_KEY", "COHERE_API_KEY",
        "DASHSCOPE_API_KEY", "DATABRICKS_API_KEY", "DEEPINFRA_API_KEY", "DEEPSEEK_API_KEY", "FIREWORKS_AI_API_KEY",
        "FIREWORKS_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "GROQ_API_KEY", "HF_TOKEN", "HUGGINGFACE_API_KEY",
        "MISTRAL_API_KEY", "MOONSHOT_API_KEY", "NVIDIA_NIM_API_KEY", "OLLAMA_API_KEY", "OPENAI_API_KEY",
        "OPENROUTER_API_KEY", "PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY", "SAMBANOVA_API_KEY", "TOGETHERAI_API_KEY",
        "TOGETHER_API_KEY", "XAI_API_KEY", "ZAI_API_KEY",
    }
)  # fmt: skip
