--- Signed requests, as APISIX's hmac-auth reads them (apisix/plugins/hmac-auth.lua, 3.18).

local core = require("apisix.core")
local calls = require("apisix.plugins.secret-providers.calls")

local abs = math.abs
local concat = table.concat
local decode_base64 = ngx.decode_base64
local encode_base64 = ngx.encode_base64
local gmatch = string.gmatch
local match = string.match
local ngx_time = ngx.time
local ipairs = ipairs
local parse_http_time = ngx.parse_http_time
local sub = string.sub

local _M = {}

--- Reads the fields of an Authorization header.
-- @tparam string header begins with Signature
-- @treturn table the texts `keyId`, `algorithm` and `signature`, and the list `headers`, each if it is there
function _M.parse(header)
    local fields = {}
    for field in gmatch(sub(header, 10), "[^,]+") do
        local name, value = match(field, '%s*(%w+)="(.-)"')
        if name == "keyId" or name == "algorithm" or name == "signature" then
            fields[name] = value
        elseif name == "headers" then
            fields.headers = {}
            for one in gmatch(value, "[^ ]+") do
                fields.headers[#fields.headers + 1] = one
            end
        end
    end
    return fields
end

local function contains(list, wanted)
    for _, one in ipairs(list or {}) do
        if one == wanted then
            return true
        end
    end
    return false
end

--- Checks everything about a signed request but key and signature.
-- @tparam table conf of the route
-- @tparam table ctx of the request
-- @tparam table fields see `parse`
-- @treturn ?string what is wrong; nil if nothing is
function _M.problem(conf, ctx, fields)
    if not fields.keyId or not fields.signature then
        return "keyId or signature missing"
    end
    if not fields.algorithm then
        return "algorithm missing"
    end
    if not contains(conf.allowed_algorithms, fields.algorithm) then
        return "Invalid algorithm"
    end
    local date = core.request.header(ctx, "Date")
    if not date then
        return "Date header missing. failed to validate clock skew"
    end
    local time = parse_http_time(date)
    if not time then
        return "Invalid GMT format time"
    end
    if abs(ngx_time() - time) > conf.clock_skew then
        return "Clock skew exceeded"
    end
    for _, name in ipairs(conf.signed_headers or {}) do
        if not contains(fields.headers, name) then
            return [[expected header "]] .. name .. [[" missing in signing]]
        end
    end
    return nil
end

--- Returns the text that the client had to sign.
-- @tparam table ctx of the request
-- @tparam table fields see `parse`
-- @treturn ?string nil if it is longer than a call to the runner may be
function _M.text(ctx, fields)
    local lines = { fields.keyId }
    local length = #fields.keyId + 1
    for _, name in ipairs(fields.headers or {}) do
        local value = core.request.header(ctx, name)
        local left = name .. ": "
        if not value and name == "@request-target" then
            local uri = ctx.var.request_uri
            left, value = core.request.get_method() .. " ", uri == "" and "/" or uri
        end
        if value then
            -- Names may repeat, so the text is measured before it is built.
            length = length + #left + #value + 1
            if length > calls.LONGEST then
                return nil
            end
            lines[#lines + 1] = left .. value
        end
    end
    return concat(lines, "\n") .. "\n"
end

--- Returns a signature in the one form that base64 has for its bytes.
--
-- Otherwise a signature that counts once could be sent again in another form.
-- @tparam string text base64, as leniently as APISIX reads it
-- @treturn ?string nil if it is not base64
function _M.canonical(text)
    local bytes = decode_base64(text)
    return bytes and encode_base64(bytes)
end

return _M
