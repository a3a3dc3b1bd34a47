/* libacme: an ACME (RFC 8555) client library. */
#pragma once

#include "acme/account.h"
#include "acme/ca.h"
#include "acme/cert.h"
#include "acme/err.h"
#include "acme/key.h"
#include "acme/order.h"
