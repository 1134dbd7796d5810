# SQLite with encryption: the amalgamation of SQLite3 Multiple Ciphers, put into ${SANJAL_DEPS}/sqlite3 by
# tools/fetch_sqlite.sh.  It is compiled as it comes, optimised in every build, without our warnings and sanitizers.
enable_language(C)
if(NOT EXISTS "${SANJAL_DEPS}/sqlite3/sqlite3.c")
  message(FATAL_ERROR "SQLite is not there yet: run tools/fetch_sqlite.sh ${SANJAL_DEPS}")
endif()
add_library(sanjal_sqlite3 STATIC "${SANJAL_DEPS}/sqlite3/sqlite3.c")
target_include_directories(sanjal_sqlite3 SYSTEM PUBLIC "${SANJAL_DEPS}/sqlite3")
target_compile_definitions(sanjal_sqlite3 PRIVATE
  SQLITE_THREADSAFE=1
  SQLITE_SECURE_DELETE
  SQLITE_DQS=0
  SQLITE_ENABLE_FTS5
  SQLITE_OMIT_LOAD_EXTENSION
  SQLITE_DEFAULT_MEMSTATUS=0
  SQLITE_LIKE_DOESNT_MATCH_BLOBS
  SQLITE_TEMP_STORE=3            # sorting happens in memory: a temporary file would be plain
  CODEC_TYPE=CODEC_TYPE_AEGIS
  HAVE_CIPHER_AES_128_CBC=0
  HAVE_CIPHER_AES_256_CBC=0
  HAVE_CIPHER_CHACHA20=0
  HAVE_CIPHER_SQLCIPHER=0
  HAVE_CIPHER_RC4=0
  HAVE_CIPHER_ASCON128=0)
target_compile_options(sanjal_sqlite3 PRIVATE -w -O2)
if(SANJAL_SANITIZE)
  target_compile_options(sanjal_sqlite3 PRIVATE -fno-sanitize=all)
endif()
target_link_libraries(sanjal_sqlite3 PUBLIC Threads::Threads m)
