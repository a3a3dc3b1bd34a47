#include "ca/jws/nonce.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "jose/base64url.h"
#include "jose/openssl.h"
#include "proto/problem.h"

enum {
	KEY_BYTES = 16,
	IV_BYTES = 12,
	PLAIN_BYTES = 16,
	TAG_BYTES = 16,
	TAG_AT = IV_BYTES + PLAIN_BYTES,
	SEALED_BYTES = TAG_AT + TAG_BYTES,
};

struct content {
	uint64_t counter;
	int64_t issued; /* seconds */
};
static_assert(sizeof(struct content) == PLAIN_BYTES, "a nonce's content has no holes");

struct nonces {
	const struct world *world;
	EVP_CIPHER *cipher;
	unsigned char key[KEY_BYTES]; /* of this process: another one's nonces do not open */
	pthread_mutex_t lock;         /* of what follows */
	uint64_t next;
	uint64_t window;
	unsigned char *redeemed; /* a bit a slot, counter % window */
};

static void cipher_ctx_free(EVP_CIPHER_CTX *c)
{
	EVP_CIPHER_CTX_free(c);
}

AUTO_FREE(EVP_CIPHER_CTX, cipher_ctx_free)

struct err *nonces_new(struct nonces **out, const struct world *world, size_t window)
{
	AUTO(nonces_free) struct nonces *n = xcalloc(1, sizeof(*n));

	n->world = world;
	n->window = window > 0 ? window : NONCE_WINDOW;
	n->redeemed = xcalloc((size_t)n->window / 8 + 1, 1);
	(void)pthread_mutex_init(&n->lock, NULL);
	world->random->bytes(world->random, n->key, sizeof(n->key));
	n->cipher = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	if (n->cipher == NULL)
		return openssl_err("AES-GCM for nonces");
	*out = MOVE(n);
	return NULL;
}

void nonces_free(struct nonces *n)
{
	if (n == NULL)
		return;
	EVP_CIPHER_free(n->cipher);
	(void)pthread_mutex_destroy(&n->lock);
	OPENSSL_cleanse(n->key, sizeof(n->key));
	free(n->redeemed);
	free(n);
}

/* --- sealing: IV, ciphertext, tag; random IVs, so that a nonce does not tell how many there were --- */

static struct err *seal(unsigned char sealed[SEALED_BYTES], const struct nonces *n,
			const struct content *c)
{
	AUTO(cipher_ctx_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const struct rand_source *random = n->world->random;
	unsigned char plain[PLAIN_BYTES];
	int len = 0;

	memcpy(plain, c, sizeof(plain));
	random->bytes(random, sealed, IV_BYTES);
	if (EVP_EncryptInit_ex2(ctx, n->cipher, n->key, sealed, NULL) != 1 ||
	    EVP_EncryptUpdate(ctx, sealed + IV_BYTES, &len, plain, PLAIN_BYTES) != 1 ||
	    EVP_EncryptFinal_ex(ctx, sealed + TAG_AT, &len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, sealed + TAG_AT) != 1)
		return openssl_err("sealing a nonce");
	return NULL;
}

static bool unseal(struct content *c, const struct nonces *n, unsigned char sealed[SEALED_BYTES])
{
	AUTO(cipher_ctx_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char plain[PLAIN_BYTES];
	int len = 0;

	if (EVP_DecryptInit_ex2(ctx, n->cipher, n->key, sealed, NULL) != 1 ||
	    EVP_DecryptUpdate(ctx, plain, &len, sealed + IV_BYTES, PLAIN_BYTES) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, sealed + TAG_AT) != 1 ||
	    EVP_DecryptFinal_ex(ctx, plain + len, &len) != 1) {
		err_ignore(openssl_err("unsealing a nonce"));
		return false;
	}
	memcpy(c, plain, sizeof(plain));
	return true;
}

/* --- counting --- */

static unsigned char *slot(const struct nonces *n, uint64_t counter, unsigned char *bit)
{
	uint64_t at = counter % n->window;

	*bit = (unsigned char)(1u << (at % 8));
	return &n->redeemed[at / 8];
}

/* The slot was that of a counter which leaves the window now. */
static uint64_t next_counter(struct nonces *n)
{
	unsigned char bit = 0;

	(void)pthread_mutex_lock(&n->lock);
	uint64_t counter = n->next++;
	unsigned char *byte = slot(n, counter, &bit);

	*byte = (unsigned char)(*byte & ~bit);
	(void)pthread_mutex_unlock(&n->lock);
	return counter;
}

static bool mark(struct nonces *n, uint64_t counter)
{
	unsigned char bit = 0;

	(void)pthread_mutex_lock(&n->lock);
	bool known = counter < n->next && n->next - counter <= n->window;
	unsigned char *byte = slot(n, counter, &bit);
	bool first = known && (*byte & bit) == 0;

	if (first)
		*byte = (unsigned char)(*byte | bit);
	(void)pthread_mutex_unlock(&n->lock);
	return first;
}

struct err *nonces_issue(char **out, struct nonces *n)
{
	const struct content c = { .counter = next_counter(n),
				   .issued = (int64_t)world_now(n->world) };
	unsigned char sealed[SEALED_BYTES];

	TRY(seal(sealed, n, &c));
	*out = base64url_encode(sealed, sizeof(sealed));
	return NULL;
}

static bool decode(unsigned char sealed[SEALED_BYTES], const char *text)
{
	AUTO(buf_release) struct buf b = BUF_INIT(SEALED_BYTES);
	AUTO(err_free) struct err *e = base64url_decode(&b, text, strlen(text));

	if (e != NULL || b.overflow || b.len != SEALED_BYTES)
		return false;
	memcpy(sealed, b.data, SEALED_BYTES);
	return true;
}

struct err *nonces_redeem(struct nonces *n, const char *text)
{
	unsigned char sealed[SEALED_BYTES];
	struct content c = { 0 };

	if (text == NULL)
		return problem_new("badNonce", "JWS has no anti-replay nonce");
	if (!decode(sealed, text))
		return problem_new("badNonce", "JWS has a malformed anti-replay nonce");
	if (!unseal(&c, n, sealed) || (int64_t)world_now(n->world) - c.issued > NONCE_SECONDS ||
	    !mark(n, c.counter))
		return problem_new("badNonce", "JWS has an invalid anti-replay nonce: \"%s\"",
				   text);
	return NULL;
}
