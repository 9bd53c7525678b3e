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
local pcall = pcall
local rep = string.rep
local rshift = bit.rshift
local sha1_bin = ngx.sha1_bin
local to_string = ffi.string

-- The secret fills one block of SHA-1, so that the state after it is computed once.
local BLOCK_BYTES = 64
local DIGEST_BYTES = 20
-- The shortest text with more than one block.
local FIRST_OF_TWO_BLOCKS = BLOCK_BYTES - 8
local STATE_BYTES = 128 -- more than any libcrypto's SHA_CTX
local USUAL_KEY_BYTES = 1024
local USUAL_CALL_BYTES = 4096

-- One round of OpenSSL's SHA-1, by the processor's own instructions where it has some. It takes a fifth of the time of
-- ngx.sha1_bin, and no request creates a string of secret and text. Without it, ngx.sha1_bin is used.
ffi.cdef("void SHA1_Transform(void *state, const unsigned char *block);")
local ipairs = ipairs
local has_transform, transform = pcall(function()
    return ffi.C.SHA1_Transform
end)

-- The five words with which SHA-1 begins.
local function new_state()
    local state = ffi.new("uint32_t[?]", STATE_BYTES / 4)
    for i, word in ipairs({ 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 }) do
        state[i - 1] = word
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
    local begun, state = new_state(), new_state()
    -- By the length of a text.
    local paddings = {}
    return function(text)
        if not secret then
            -- By the first request, not when the module is loaded: APISIX serves routes without a plugin that
            -- fails to load. An error fails each request instead, and no digest is predictable.
            secret = neighbours.secret(name, BLOCK_BYTES)
            if has_transform then
                transform(begun, secret)
            end
        end
        local length = #text
        if not has_transform or length > usual_bytes then
            return sha1_bin(secret .. text)
        end
        local rest = paddings[length]
        if not rest then
            rest = padding(length)
            paddings[length] = rest
        end
        copy(input, text, length)
        copy(input + length, rest, #rest)
        copy(state, begun, DIGEST_BYTES)
        transform(state, input)
        if length >= FIRST_OF_TWO_BLOCKS then
            for i = BLOCK_BYTES, length + #rest - 1, BLOCK_BYTES do
                transform(state, input + i)
            end
        end
        fill(input, length)
        return to_string(state, DIGEST_BYTES)
    end
end

return {
    --- Returns the digest of a key, 20 bytes that only nginx can compute.
    -- @tparam string key
    -- @treturn string
    of_key = new_digester("keys", USUAL_KEY_BYTES),

    --- Returns the digest of a call's body, see `calls`. It differs from that of a key with the same bytes.
    -- @tparam string body
    -- @treturn string
    of_call = new_digester("calls", USUAL_CALL_BYTES),
}
