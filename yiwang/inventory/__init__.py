"""The declared estate: model, loading with positions, checks, addressing, divisions, exports."""
