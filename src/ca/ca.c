#include "ca/ca.h"

struct ca *ca_hold(struct ca *ca)
{
	(void)atomic_fetch_add(&ca->users, 1);
	return ca;
}

void ca_let_go(struct ca *ca)
{
	if (ca != NULL && atomic_fetch_sub(&ca->users, 1) == 1 && ca->free != NULL)
		ca->free(ca);
}
