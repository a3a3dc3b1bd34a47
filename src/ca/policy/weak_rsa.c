#include "ca/policy/weak_rsa.h"

#include "jose/numbers.h"

#define SMALL_FACTOR_MAX 751
#define FERMAT_ROUNDS 110

static bool is_prime(unsigned n)
{
	for (unsigned d = 3; d * d <= n; d += 2)
		if (n % d == 0)
			return false;
	return n % 2 == 1;
}

static bool has_small_factor(const BIGNUM *modulus)
{
	if (!BN_is_odd(modulus))
		return true;
	for (unsigned n = 3; n <= SMALL_FACTOR_MAX; n += 2)
		if (is_prime(n) && BN_mod_word(modulus, n) == 0)
			return true;
	return false;
}

/* Is rest a power of 65537 modulo prime? */
static bool is_power_of_f4(unsigned rest, unsigned prime)
{
	unsigned power = 1;

	for (unsigned i = 0; i < prime; i++, power = power * (65537 % prime) % prime)
		if (power == rest)
			return true;
	return false;
}

/*
 * Nemec et al., "The Return of Coppersmith's Attack" (2017) §3.1: primes were made as k * M + 65537^a mod M, M a product of
 * small primes, so modulo each of those the modulus is a power of 65537. By chance this is one in 2^27 or rarer.
 */
static bool has_roca_fingerprint(const BIGNUM *modulus)
{
	for (unsigned prime = 3; prime <= 167; prime += 2)
		if (is_prime(prime) &&
		    !is_power_of_f4((unsigned)BN_mod_word(modulus, prime), prime))
			return false;
	return true;
}

/* root: the largest whose square is not above n, by Newton's method from above. */
static bool square_root(BIGNUM *root, const BIGNUM *n, BN_CTX *ctx)
{
	AUTO(bn_free) BIGNUM *next = BN_new();
	bool good = BN_one(root) && BN_lshift(root, root, (BN_num_bits(n) + 1) / 2);

	while (good) {
		good = BN_div(next, NULL, n, root, ctx) && BN_add(next, next, root) &&
		       BN_rshift1(next, next);
		if (!good || BN_cmp(next, root) >= 0)
			break;
		good = BN_copy(root, next) != NULL;
	}
	return good;
}

/* Most numbers are no squares modulo 64 or 63 already. */
static bool may_be_square(const BIGNUM *n)
{
	static const unsigned moduli[] = { 64, 63, 65, 11 };

	for (size_t i = 0; i < ARRAY_LEN(moduli); i++) {
		unsigned rest = (unsigned)BN_mod_word(n, moduli[i]);
		unsigned r = 0;

		while (r < moduli[i] && r * r % moduli[i] != rest)
			r++;
		if (r == moduli[i])
			return false;
	}
	return true;
}

static bool is_square(const BIGNUM *n, BN_CTX *ctx)
{
	AUTO(bn_free) BIGNUM *root = BN_new();

	if (BN_is_zero(n))
		return true;
	return may_be_square(n) && square_root(root, n, ctx) && BN_sqr(root, root, ctx) &&
	       BN_cmp(root, n) == 0;
}

/* N = a^2 - b^2 with a near the root of N: p and q are too close to each other. */
static bool yields_to_fermat(const BIGNUM *modulus, BN_CTX *ctx)
{
	AUTO(bn_free) BIGNUM *a = BN_new();
	AUTO(bn_free) BIGNUM *b2 = BN_new();

	if (!square_root(a, modulus, ctx))
		return true;
	for (int round = 0; round <= FERMAT_ROUNDS; round++, BN_add_word(a, 1)) {
		if (!BN_sqr(b2, a, ctx) || !BN_sub(b2, b2, modulus))
			return true;
		if (!BN_is_negative(b2) && is_square(b2, ctx))
			return true;
	}
	return false;
}

struct err *weak_rsa_check(const BIGNUM *modulus)
{
	if (has_small_factor(modulus))
		return err_new(ERR_CRYPTO, "the modulus has a small factor");
	if (has_roca_fingerprint(modulus))
		return err_new(
			ERR_CRYPTO,
			"the key was made by a device with a known flaw (ROCA, CVE-2017-15361)");
	BN_CTX *ctx = BN_CTX_new();
	bool close = yields_to_fermat(modulus, ctx);

	BN_CTX_free(ctx);
	return close ? err_new(ERR_CRYPTO, "the two primes are too close to each other") : NULL;
}
