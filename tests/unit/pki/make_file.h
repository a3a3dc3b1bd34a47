/* Certificates of tests in files. */
#pragma once

#include "base/fs.h"
#include "pki/make.h"

/* Signed by a CA. */
static inline void make_pem_file(const char *path, const char *alt_names, const char *type)
{
	EVP_PKEY *key = make_key(type);
	AUTO(free)
	char *pem = make_pem(&(struct recipe){ .subject_cn = "x",
					       .issuer_cn = "CA",
					       .key = key,
					       .issuer_key = key,
					       .alt_names = alt_names,
					       .days = 90 });

	assert_done(fs_replace(path, pem, strlen(pem), 0644, false));
	EVP_PKEY_free(key);
}
