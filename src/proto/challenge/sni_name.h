/* The made-up names of the historical TLS-SNI challenges. */
#pragma once

/* Lower-case hex of SHA-256(of) in two labels of 32 characters, and suffix behind them. */
char *sni_name(const char *of, const char *suffix);
