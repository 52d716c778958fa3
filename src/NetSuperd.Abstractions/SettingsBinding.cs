using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace NetSuperd;

/// <summary>Creates an object from a table of settings, and collects what is wrong with the values.</summary>
/// <remarks>Nothing is kept for the next time: a cache with types of a plugin would keep the plugin in memory for ever.</remarks>
internal sealed class SettingsBinding
{
    private readonly List<SettingsException> _wrong = [];

    /// <inheritdoc cref="Settings.Bind{T}"/>
    public static T Bind<T>(Settings settings)
    {
        var binding = new SettingsBinding();
        var bound = binding.Create(typeof(T), settings, at: null);
        return binding._wrong is [var first, .. var further] ? throw first.With(further) : (T)bound!;
    }

    /// <summary>Creates an object of a table; null where a value is wrong.</summary>
    /// <param name="type">The type of the object.</param>
    /// <param name="table">The table.</param>
    /// <param name="at">Where the table is; null: the service as a whole.</param>
    public object? Create(Type type, Settings table, SettingPosition? at)
    {
        if (type.GetConstructors() is not [var constructor])
        {
            throw new InvalidOperationException($"no setting can be bound to {type}: it is not one of the types that Settings.Bind<T> "
                + "names, nor one with a single public constructor");
        }

        var parameters = constructor.GetParameters();
        var arguments = parameters.Select(parameter =>
            Read(table, at, parameter.Name!, parameter.ParameterType, parameter, IsRequired(parameter))).ToArray();
        var properties = type.GetProperties().Where(property => IsSetting(property, parameters)).ToDictionary(
            property => property, property => Read(table, at, property.Name, property.PropertyType, property, IsRequired(property)));
        if (_wrong.Count > 0)
        {
            return null;
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            arguments[i] = arguments[i] == Type.Missing && !parameters[i].HasDefaultValue ? null : arguments[i];
        }

        var bound = constructor.Invoke(
            BindingFlags.DoNotWrapExceptions | BindingFlags.OptionalParamBinding, null, arguments, CultureInfo.InvariantCulture);
        foreach (var (property, value) in properties.Where(pair => pair.Value != Type.Missing))
        {
            property.SetValue(bound, value);
        }

        return bound;
    }

    /// <summary>The value of a parameter or property; <see cref="Type.Missing"/> where the key is absent or its value wrong.</summary>
    private object? Read(
        Settings table, SettingPosition? at, string name, Type type, ICustomAttributeProvider declaration, bool isRequired)
    {
        var key = KeyOf(name);
        try
        {
            if (table.Contains(key))
            {
                var isSize = declaration.IsDefined(typeof(SizeAttribute), inherit: false);
                var value = new SettingReader(this, table, isSize).Read(type, key);
                Check(value, key, table, declaration);
                return value;
            }

            if (isRequired)
            {
                _wrong.Add(new SettingsException($"the setting '{key}' is missing", at));
            }
        }
        catch (SettingsException wrong)
        {
            _wrong.Add(wrong);
        }

        return Type.Missing;
    }

    /// <summary>Applies the rules of <c>System.ComponentModel.DataAnnotations</c>, such as <see cref="RangeAttribute"/>.</summary>
    private static void Check(object? value, string key, Settings table, ICustomAttributeProvider declaration)
    {
        var context = new ValidationContext(table) { MemberName = key, DisplayName = key };
        foreach (var rule in declaration.GetCustomAttributes(typeof(ValidationAttribute), inherit: false).Cast<ValidationAttribute>())
        {
            if (value is not null && rule.GetValidationResult(value, context) is { } refusal)
            {
                throw table.Error(key, $"'{key}' is not accepted: {refusal.ErrorMessage?.TrimEnd('.')}");
            }
        }
    }

    /// <summary>The key of a parameter or property: <c>max_bytes</c> for <c>MaxBytes</c>.</summary>
    public static string KeyOf(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static bool IsRequired(ParameterInfo parameter) => !parameter.HasDefaultValue
        && Nullable.GetUnderlyingType(parameter.ParameterType) is null
        && new NullabilityInfoContext().Create(parameter).WriteState != NullabilityState.Nullable;

    private static bool IsRequired(PropertyInfo property) =>
        property.IsDefined(typeof(RequiredMemberAttribute)) || property.IsDefined(typeof(RequiredAttribute));

    private static bool IsSetting(PropertyInfo property, ParameterInfo[] parameters) => property.SetMethod is { IsPublic: true }
        && property.GetIndexParameters() is []
        && !parameters.Any(parameter => string.Equals(parameter.Name, property.Name, StringComparison.OrdinalIgnoreCase));
}
