/*
 * What clang's analyzer cannot see from one file: an error that was made is not NULL. Included by tools/tidy in front of every file
 * but base/err.c and proto/problem.c; no build ever sees it.
 */
#pragma once

#include "base/err.h"
#include "proto/problem.h"

#define NOT_NULL_IF(condition, expression)                \
	__extension__({                                   \
		struct err *made = (expression);          \
		if ((condition) && !made)                 \
			__builtin_unreachable();          \
		made;                                     \
	})
#define err_new(...) NOT_NULL_IF(1, (err_new)(__VA_ARGS__))
#define problem_new(...) NOT_NULL_IF(1, (problem_new)(__VA_ARGS__))
#define err_errno(...) NOT_NULL_IF(1, (err_errno)(__VA_ARGS__))
#define err_wrap(of, ...)                                                        \
	__extension__({                                                          \
		struct err *inner = (of);                                        \
		NOT_NULL_IF(inner, (err_wrap)(inner, __VA_ARGS__));              \
	})
#define err_wrap_as(code, of, ...)                                               \
	__extension__({                                                          \
		struct err *inner = (of);                                        \
		NOT_NULL_IF(inner, (err_wrap_as)((code), inner, __VA_ARGS__));   \
	})
