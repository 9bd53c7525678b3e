-- apisix/utils/auth.lua

return {
    is_running_under_multi_auth = function(ctx)
        return ctx._plugin_name == "multi-auth"
    end,
}
