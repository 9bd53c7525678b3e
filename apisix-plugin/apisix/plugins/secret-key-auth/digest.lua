--- Digests of keys: SHA-1 over a secret of this worker and the key.
--
-- `verdicts` and `refusals` remember digests instead of keys. The plugin calls it once per request.
-- The choice of SHA-1 is explained in docs/contributing/decisions/0013-memory-of-the-companion.md.

local ffi = require("ffi")

local sha1_bin = ngx.sha1_bin
local pcall = pcall
local error = error
local io = io

local SECRET_BYTES = 24 -- secret and a key of up to 31 bytes fit in one block of SHA-1
local DIGEST_BYTES = 20
local USUAL_KEY_BYTES = 1024

local _M = {}

local secret

-- The C function that ngx.sha1_bin calls. Called directly, it reads secret and key from one buffer, so
-- no request creates a string of both. An OpenResty without it falls back to ngx.sha1_bin.
ffi.cdef("int ngx_http_lua_ffi_sha1_bin(const unsigned char *src, size_t len, unsigned char *dst);")
local has_sha1, sha1 = pcall(function()
    return ffi.C.ngx_http_lua_ffi_sha1_bin
end)
local input = ffi.new("unsigned char[?]", SECRET_BYTES + USUAL_KEY_BYTES)
local output = ffi.new("unsigned char[?]", DIGEST_BYTES)

-- Called by the first request, not when the module is loaded: APISIX serves routes without a plugin that
-- fails to load. An error fails each request instead, and no digest is predictable.
local function random_secret()
    local file = io.open("/dev/urandom", "rb")
    local bytes = file and file:read(SECRET_BYTES)
    if file then
        file:close()
    end
    if not bytes or #bytes ~= SECRET_BYTES then
        error("no random numbers: /dev/urandom cannot be read")
    end
    ffi.copy(input, bytes, SECRET_BYTES)
    return bytes
end

--- Returns the digest of a key, 20 bytes that only this worker can compute.
--
-- The unknown bytes before the key prevent a search for two keys with equal digests. A length extension
-- is impossible because digests never leave the worker.
-- @tparam string key
-- @treturn string
function _M.of(key)
    if not secret then
        secret = random_secret()
    end
    local length = #key
    if not has_sha1 or length > USUAL_KEY_BYTES then
        return sha1_bin(secret .. key)
    end
    ffi.copy(input + SECRET_BYTES, key, length)
    local ok = sha1(input, SECRET_BYTES + length, output)
    ffi.fill(input + SECRET_BYTES, length)
    -- Without this check all keys would have the same digest.
    if ok == 0 then
        error("nginx was built without SHA-1")
    end
    return ffi.string(output, DIGEST_BYTES)
end

return _M
