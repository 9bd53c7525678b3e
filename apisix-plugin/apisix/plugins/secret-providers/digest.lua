--- Digests of credentials: SHA-1 over a secret and the credential. The secret is that of this worker, or of all workers
--- if they share memory.
--
-- `verdicts` and `refusals` remember digests instead of credentials. A plugin calls it once per request.
-- The choice of SHA-1 is explained in docs/contributing/decisions/0013-memory-of-the-companion.md.

local bit = require("bit")
local ffi = require("ffi")
local neighbours = require("apisix.plugins.secret-providers.neighbours")

local band = bit.band
local char = string.char
local copy = ffi.copy
local fill = ffi.fill
local ipairs = ipairs
local pcall = pcall
local rep = string.rep
local rshift = bit.rshift
local sha1_bin = ngx.sha1_bin
local to_string = ffi.string

-- The secret fills one block of SHA-1, so that the state after it is computed once.
local BLOCK_BYTES = 64
local DIGEST_BYTES = 20
local STATE_BYTES = 128 -- more than any libcrypto's SHA_CTX
local USUAL_KEY_BYTES = 1024
local USUAL_CALL_BYTES = 4096
local USUAL_HEADER_BYTES = 1024

-- Rounds of OpenSSL's SHA-1, by the processor's own instructions where it has some. They take a fifth of the time of
-- ngx.sha1_bin, and no request creates a string of secret and text. Without them, ngx.sha1_bin is used.
--
-- The second one takes any number of whole blocks. It counts bytes in the state, which is of no use here, and keeps
-- nothing of a whole block. A loop in its place would keep LuaJIT from compiling what calls it.
ffi.cdef([[
    void SHA1_Transform(void *state, const unsigned char *block);
    int SHA1_Update(void *state, const void *blocks, size_t length);
]])
local has_rounds, transform, update = pcall(function()
    return ffi.C.SHA1_Transform, ffi.C.SHA1_Update
end)

local function new_state()
    return ffi.new("int32_t[?]", STATE_BYTES / 4)
end

-- Returns a state with the five words with which SHA-1 begins.
local function new_beginning()
    local state = new_state()
    for i, word in ipairs({ 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 }) do
        state[i - 1] = bit.tobit(word)
    end
    return state
end

-- Returns what follows a text of this length, so that blocks are full: a one bit, zeros, the number of bits.
local function padding(length)
    local bits = (BLOCK_BYTES + length) * 8
    local zeros = -(length + 9) % BLOCK_BYTES
    return "\128" .. rep("\0", zeros + 4) .. char(rshift(bits, 24), band(rshift(bits, 16), 255), band(rshift(bits, 8), 255),
                                                   band(bits, 255))
end

-- Returns a function that digests texts with a secret of its own.
--
-- The unknown bytes before the text prevent a search for two texts with equal digests. A length extension
-- is impossible because digests never leave nginx.
local function new_digester(name, usual_bytes)
    local secret
    local input = ffi.new("unsigned char[?]", usual_bytes + 2 * BLOCK_BYTES)
    local begun, state = new_beginning(), new_state()
    -- By the length of a text.
    local paddings = {}
    -- LuaJIT compiles it because it has no loop and ends with plain returns; see `rows`.
    return function(text)
        if not secret then
            -- By the first request, not when the module is loaded: APISIX serves routes without a plugin that
            -- fails to load. An error fails each request instead, and no digest is predictable.
            secret = neighbours.secret(name, BLOCK_BYTES)
            if has_rounds then
                transform(begun, secret)
            end
        end
        local length = #text
        if not has_rounds or length > usual_bytes then
            copy(state, sha1_bin(secret .. text), DIGEST_BYTES)
            return state
        end
        local rest = paddings[length]
        if not rest then
            rest = padding(length)
            paddings[length] = rest
        end
        copy(input, text, length)
        copy(input + length, rest, #rest)
        copy(state, begun, DIGEST_BYTES)
        update(state, input, length + #rest)
        fill(input, length)
        return state
    end
end

return {
    --- Returns the digest of a key, 20 bytes that only nginx can compute.
    -- @tparam string key
    -- @treturn cdata an array of words, of which the first five are the digest until the next call
    of_key = new_digester("keys", USUAL_KEY_BYTES),

    --- Returns the digest of a call's body, see `calls`. It differs from that of a key with the same bytes.
    -- @tparam string body
    -- @treturn cdata as `of_key`
    of_call = new_digester("calls", USUAL_CALL_BYTES),

    --- Returns the digest of a header. It differs from that of a key or a call with the same bytes.
    -- @tparam string header its value
    -- @treturn cdata as `of_key`
    of_header = new_digester("headers", USUAL_HEADER_BYTES),

    --- Returns a digest as a string of 20 bytes.
    -- @tparam cdata words
    -- @treturn string
    text = function(words)
        local text = to_string(words, DIGEST_BYTES)
        return text
    end,
}
