#pragma once
#include <sqlite3.h>

/* No statistics of memory, which cost a mutex at every allocation, and pages of caches in a place of their own. Once, before the first
   connection. */
int csqlite_configure(void);
/* Gives the memory of pages back to the system that no cache holds any more. Any thread. */
void csqlite_give_back(void);

/* SQLITE_TRANSIENT is a cast macro that Swift cannot see. */
int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length);
int csqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int length);
