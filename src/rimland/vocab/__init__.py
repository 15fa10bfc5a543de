"""The words of alliance systems, one module a word: declaration, lowering, observers."""
