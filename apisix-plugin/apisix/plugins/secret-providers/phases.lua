--- The phases of a plugin whose modules are there. Each plugin file completes itself with it.

local core = require("apisix.core")

local pairs = pairs
local pcall = pcall
local require = require
local type = type
local find = string.find
local package = package
local worker_id = ngx.worker.id

local MODULES = "apisix.plugins.secret-providers."

--- Adds `rewrite`, `init` and `destroy` to a plugin, and to its schema the settings of its module.
-- @tparam table plugin
-- @tparam string module the name of the module that has its rewrite phase
-- @tparam function refuse the rewrite phase if that module or another one cannot be loaded
return function(plugin, module, refuse)
    local events
    local loaded, phase = pcall(require, MODULES .. module)
    if loaded then
        events = require(MODULES .. "events")
        plugin.rewrite = phase.rewrite
        for name, setting in pairs(phase.settings or {}) do
            plugin.schema.properties[name] = setting
        end
    else
        core.log.error(plugin.name, ": its modules cannot be loaded, so its routes answer 503: ", phase)
        plugin.rewrite = refuse
    end

    --- Follows the events from the start of the worker on. The runner takes a worker that follows for one that has the plugin.
    --
    -- APISIX calls it when it has loaded the plugin, also in its privileged agent, which answers no requests.
    function plugin.init()
        if events and worker_id() and not events.stream.following and not events.stream.ended then
            events.follow()
        end
    end

    --- Ends the event stream and unloads the modules, so that APISIX loads new ones with an empty memory.
    --
    -- APISIX calls it before it reloads its plugins. It unloads only the plugin's file by itself.
    function plugin.destroy()
        if events then
            events.stop()
        end
        for name in pairs(package.loaded) do
            if type(name) == "string" and find(name, MODULES, 1, true) == 1 then
                package.loaded[name] = nil
            end
        end
    end
end
