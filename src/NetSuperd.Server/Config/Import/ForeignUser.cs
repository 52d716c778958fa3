using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Config.Import;

/// <summary>The user of an imported service.</summary>
internal static class ForeignUser
{
    /// <summary>Sets the user.</summary>
    public static void Set(ImportedMap map, ImportedService service, Word user)
    {
        service.Set(ServiceKeys.User, user.Text, user.At);
        if (user.Text is "root" or "0")
        {
            // A login as root starts a shell, in which su(1) and sudo(8) have to work as before.
            service.Set(ServiceKeys.NoNewPrivs, false, user.At);
        }
        else
        {
            map.ChangedOnce(
                user.At,
                "set-user-ID programs that a service of another user than root executes gain no rights; "
                + "no_new_privs = false lets them gain rights as before");
        }
    }

    /// <summary>Sets the user and the group of <c>user:group</c> or <c>user.group</c>.</summary>
    public static void SetWithGroup(Importing importing, ImportedService service, Word field)
    {
        var text = field.Text;
        if (text.IndexOf('/') is > 0 and var slash)
        {
            importing.Map.Lost(
                field.Part(slash + 1, text.Length).At,
                $"login class '{text[(slash + 1)..]}' is left out: set limits and umask of '{service.Name}'");
            text = text[..slash];
        }

        var colon = text.IndexOf(':');
        if (colon < 0 && text.IndexOf('.') is > 0 and var dot && importing.Names.UserEntry(text) is null or { UserId: NameCache.NoId })
        {
            colon = dot;
        }

        if (colon < 0)
        {
            Set(importing.Map, service, field.Part(0, text.Length));
            return;
        }

        Set(importing.Map, service, field.Part(0, colon));
        if (colon + 1 < text.Length)
        {
            var group = field.Part(colon + 1, text.Length);
            service.Set(ServiceKeys.Group, group.Text, group.At);
        }
    }
}
