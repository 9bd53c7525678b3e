--- Further places of a key in a request, which APISIX's key-auth does not have: other headers, Authorization: Bearer, and a
--- cookie.

local core = require("apisix.core")
local cookies = require("apisix.plugins.secret-providers.cookies")

local ipairs = ipairs
local match = string.match
local var = ngx.var

local _M = {}

-- Returns the token of the scheme Bearer in any letter case, or nil.
local function bearer(ctx)
    local value = core.request.header(ctx, "Authorization")
    return value and match(value, "^[Bb][Ee][Aa][Rr][Ee][Rr] +(.*)$")
end

--- Returns the key in a further header.
-- @tparam table conf `headers` and `bearer` of the route
-- @tparam table ctx of the request
-- @treturn ?string
-- @treturn ?string the name of the header
function _M.in_header(conf, ctx)
    for _, name in ipairs(conf.headers or {}) do
        local key = core.request.header(ctx, name)
        if key then
            return key, name
        end
    end
    if conf.bearer then
        return bearer(ctx), "Authorization"
    end
end

--- Returns the key in a cookie.
-- @tparam string name
-- @treturn ?string
function _M.in_cookie(name)
    -- Several headers as one.
    local header = var.http_cookie
    return header and cookies.value(header, name)
end

--- Removes a cookie. The others stay as they are.
-- @tparam table ctx of the request
-- @tparam string name
function _M.remove_cookie(ctx, name)
    core.request.set_header(ctx, "Cookie", cookies.without(var.http_cookie, name))
end

--- Removes the key from all further places.
-- @tparam table conf of the route
-- @tparam table ctx of the request
function _M.remove_all(conf, ctx)
    for _, name in ipairs(conf.headers or {}) do
        if core.request.header(ctx, name) then
            core.request.set_header(ctx, name, nil)
        end
    end
    if conf.bearer and bearer(ctx) then
        core.request.set_header(ctx, "Authorization", nil)
    end
    if conf.cookie and _M.in_cookie(conf.cookie) then
        _M.remove_cookie(ctx, conf.cookie)
    end
end

return _M
