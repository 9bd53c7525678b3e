--- Calls to the runner: their types, and the bodies of those about more than a key.
--
-- The body of a call names its kind and has all that the runner's verdict depends on. So its digest is what a
-- verdict is remembered by. The bytes are described in docs/reference/companion-protocol.md.

local bit = require("bit")
local ffi = require("ffi")

local band = bit.band
local cast = ffi.cast
local char = string.char
local concat = table.concat
local copy = ffi.copy
local find = string.find
local min = math.min
local rshift = bit.rshift

local bytes_of_text = ffi.typeof("const uint8_t *")
local to_string = ffi.string

local LARGEST = 2 ^ 31 - 1

local _M = {
    -- The body is a key.
    KEY = 64,
    -- The body is built by the functions below.
    CREDENTIAL = 65,
    -- About values for upstreams.
    VALUES = 66,
    -- About uses of remembered verdicts.
    USES = 67,
    -- The kinds of credentials that are remembered, in the order of their numbers on the wire.
    KINDS = { KEY = 1, BASIC = 2, JWT = 3 },
    -- The longest body about a credential that the runner takes.
    LONGEST = 131072,
}

local function number(value)
    return char(rshift(value, 24), band(rshift(value, 16), 255), band(rshift(value, 8), 255), band(value, 255))
end

-- Each field has its length before it, so that no two lists of fields have the same bytes.
local function field(text)
    return number(#text) .. text
end

--- Returns the body of a call about a user name and password.
-- @tparam string username
-- @tparam string password
-- @treturn string
function _M.basic(username, password)
    return "\1" .. field(username) .. field(password)
end

--- Returns the end of a call about a token: what a route demands of tokens.
-- @tparam string key_claim_name the claim that holds the key
-- @tparam {string,...} claims the claims to verify
-- @treturn string
function _M.token_rules(key_claim_name, claims)
    return field(key_claim_name) .. field(concat(claims, ","))
end

--- Returns the body of a call about a token.
-- @tparam string token
-- @tparam string rules see `token_rules`
-- @treturn string
function _M.jwt(token, rules)
    return "\2" .. field(token) .. rules
end

--- Returns the body of a call about a signature.
-- @tparam string key_id
-- @tparam string algorithm
-- @tparam string text what was signed
-- @tparam string signature in base64
-- @tparam ?number replay_window seconds in which a signature counts once; nil if it may count again
-- @treturn string
function _M.hmac(key_id, algorithm, text, signature, replay_window)
    return "\3" .. field(key_id) .. field(algorithm) .. field(text) .. field(signature)
           .. field(replay_window and ("%d"):format(replay_window) or "")
end

--- Returns the body of a call about values for upstreams.
-- @tparam string json the configuration of the route
-- @tparam string consumer its name; empty if the request has none
-- @treturn string
function _M.values(json, consumer)
    return "\1" .. field(json) .. field(consumer)
end

-- A report of uses that is being written, and its length so far. A list of strings would take ten times as long.
local LONGEST_IDENTITY = _M.LONGEST / 2
local report = ffi.new("uint8_t[?]", _M.LONGEST + 64)
local length = 0

local function put_number(value)
    report[length], report[length + 1] = rshift(value, 24), rshift(value, 16)
    report[length + 2], report[length + 3] = rshift(value, 8), value
    length = length + 4
end

local function put_field(text, from, bytes)
    put_number(bytes)
    copy(report + length, cast(bytes_of_text, text) + from, bytes)
    length = length + bytes
end

--- Begins a report of uses, which `uses` ends.
function _M.begin_uses()
    report[0] = 1
    length = 1
end

--- Adds the uses of one credential to the report.
-- @tparam number kind see `KINDS`
-- @tparam string identity see `consumers.identity_of`
-- @tparam number current the number of uses of the current version
-- @tparam number previous the number of uses of those before
-- @treturn number the length of the report; if it is half of `LONGEST` or more, nothing may be added
function _M.use(kind, identity, current, previous)
    if #identity > LONGEST_IDENTITY then
        -- No answer of the runner has one.
        return length
    end
    put_number(kind - 1)
    local slash = find(identity, "/", 1, true)
    if slash then
        put_field(identity, 0, slash - 1)
        put_field(identity, slash, #identity - slash)
    else
        put_field(identity, 0, #identity)
        put_number(0)
    end
    put_number(min(current, LARGEST))
    put_number(min(previous, LARGEST))
    return length
end

--- Ends the report.
-- @treturn string the body of the call
function _M.uses()
    local body = to_string(report, length)
    return body
end

return _M
