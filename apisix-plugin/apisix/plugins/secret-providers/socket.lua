--- Where the runner's socket is: `plugin_attr.secret-key-auth.socket` in APISIX's config.yaml, or the socket of ext-plugin.
--
-- `runner` connects to it. Each plugin of the companion may name the socket. All share one runner, so all have to name the
-- same one. A wrong value ends the loading of this module, and then the routes answer 503: APISIX would serve them without
-- a plugin that fails to load.

local core = require("apisix.core")
local helper = require("apisix.plugins.ext-plugin.helper")

local error = error
local ipairs = ipairs
local pairs = pairs
local tostring = tostring
local type = type
local find = string.find
local gsub = string.gsub

local PLUGINS = { "secret-key-auth", "secret-basic-auth", "secret-jwt-auth", "secret-hmac-auth", "secret-inject" }

-- The path of a Unix socket has 107 bytes at most, and that of the events is the runner's with ".events".
local LONGEST = 100

local function fail(field, problem)
    error("plugin_attr." .. field .. " in config.yaml: " .. problem, 0)
end

-- Returns the path that a plugin's attributes name, or nil.
local function named_by(plugin, attributes)
    if type(attributes) ~= "table" then
        fail(plugin, "expected a map with the field socket")
    end
    for name in pairs(attributes) do
        if name ~= "socket" then
            fail(plugin .. "." .. tostring(name), "unknown field; the only one is socket")
        end
    end
    local socket = attributes.socket
    if socket == nil then
        return nil
    end
    local field = plugin .. ".socket"
    if type(socket) ~= "string" then
        fail(field, "expected a text such as /run/secret-providers/runner.sock")
    end
    local path = gsub(socket, "^unix:", "")
    if not find(path, "^/[^%c]*[^%c/]$") then
        fail(field, "'" .. gsub(socket, "%c", "?") .. "' is not an absolute path such as /run/secret-providers/runner.sock")
    end
    if #path > LONGEST then
        fail(field, "the path has " .. #path .. " bytes; a socket's may have " .. LONGEST)
    end
    return path
end

-- Returns the path that the plugins name, or nil if none does.
local function configured()
    local conf, err = core.config.local_conf()
    if not conf then
        error("APISIX's configuration cannot be read: " .. tostring(err), 0)
    end
    local attributes = type(conf.plugin_attr) == "table" and conf.plugin_attr or {}
    local path, first
    for _, plugin in ipairs(PLUGINS) do
        local own = attributes[plugin] ~= nil and named_by(plugin, attributes[plugin]) or nil
        if own and path and own ~= path then
            fail(plugin .. ".socket", "'" .. own .. "' differs from plugin_attr." .. first
                 .. ".socket; all plugins share one runner, so name one socket")
        end
        if own and not path then
            path, first = own, plugin
        end
    end
    return path
end

local address = configured()
address = address and "unix:" .. address

local _M = {
    -- The kept connections to this socket. After a reload of the plugins with another one they are not used.
    POOL = "secret-providers" .. (address and " " .. address or ""),
}

--- Returns the address of the runner's socket.
-- @treturn string
function _M.address()
    return address or helper.get_path()
end

--- Returns the address of the event stream's socket.
-- @treturn string
function _M.events_address()
    return _M.address() .. ".events"
end

return _M
