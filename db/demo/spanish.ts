import type { TranslatedWords } from '#db/schema/index.ts';

/** The statement in Spanish, part by part. `day` is the day of the leak, written out in Spanish. */
export function spanishStatement(day: string): TranslatedWords {
  return {
    title: 'Qué ocurrió con las direcciones de correo de nuestros clientes',
    summary:
      'Un correo que enviamos dejó las direcciones de unos 1000 clientes a la vista de los demás. Fue un error nuestro y lo sentimos. Ni contraseñas, ni saldos, ni documentos de identidad figuraban en él.',
    involved:
      'Direcciones de correo, algunas con un nombre en ellas; y el hecho de tener una cuenta con nosotros',
    notInvolved: 'Contraseñas, saldos, operaciones, documentos, números de teléfono',
    authorTitle: 'Directora de operaciones',
    approverTitle: 'Directora de comunicación',
    audience: 'Todos los clientes, y cualquier otra persona que recibiera un correo nuestro ese día',
    dataProtectionContact: 'privacy@harbourline.example',
    whatHappened: `El ${day} escribimos a todos los clientes acerca de un cambio en nuestros índices de precios. Llevábamos dos años sin escribir a todos a la vez. Nuestro sistema de correo habría necesitado unas diez horas, así que se escribió un programa más rápido y se usó sin la revisión por la que pasa todo cambio en nuestros sistemas de negociación.

Ese programa puso unas 1000 direcciones en la línea «Para», a la vista, de cada correo. Una persona de nuestro equipo que recibió uno lo advirtió 75 minutos después de que saliera el primero, y lo detuvimos. Habían salido 18 de 20 correos.`,
    delayReason:
      'A las pocas horas dijimos a todos que había ocurrido. Saber cómo ocurrió llevó tres días: esperamos hasta poder mostrar a cada persona lo que le concierne.',
    whatInformation: `**A la vista quedaron:** las direcciones de correo de las personas afectadas, para los demás destinatarios del mismo correo. Como el correo era nuestro, mostraba también que tienen una cuenta con nosotros. Algunas direcciones contienen nombre y apellido.

**No quedaron a la vista:** contraseñas, saldos, operaciones, documentos ni números de teléfono. El sistema de correo no guarda nada de eso, y ningún otro sistema se vio implicado.`,
    recipients:
      'En cada caso, hasta 999 clientes más: los que recibieron el mismo correo. Sabemos cuántas copias se entregaron, no quién las ha leído ni a quién las ha pasado.',
    deletionAsked:
      'Hemos pedido a todas las personas que recibieron el correo que lo borren y que no usen las direcciones.',
    consequences:
      'Quien tenga ahora su dirección sabe también que usted es cliente. Cuente con correos que finjan venir de nosotros y pidan una contraseña, un código o una transferencia.',
    unknowns:
      'Si alguien ha recopilado las direcciones. Hasta ahora no hemos visto que se ofrezca ninguna lista de ellas.',
    whatWeAreDoing:
      'Cada correo que enviamos tiene ahora exactamente un destinatario. El sistema que lo envía lo comprueba, y vuelve a leer el primero antes de que salga.',
    whatYouCanDo: '¿Ha respondido ya a un correo que pedía algo? Cambie su contraseña y escríbanos.',
    neverAsk: 'Su contraseña, un código o una transferencia. Ni por correo ni por teléfono.',
    forMoreInformation:
      'Entre en este sitio con su dirección de correo para ver si la suya quedó a la vista, y ante cuántas personas. No necesita una cuenta para ello: le enviamos un código a su buzón.',
    'figures.0.detail': 'cuyas direcciones pudieron ver otras',
    'actions.0.text': 'Detuvimos el programa y lo retiramos del servicio para siempre.',
    'actions.1.text':
      'Restablecimos las contraseñas de los clientes que tenían saldo y ningún segundo factor, y avisamos a cada uno.',
    'actions.2.text': 'Abrimos esta página, en la que cada cual puede preguntar por su propia dirección.',
    'steps.0.what': 'No se fíe de un correo que nombre a Harbourline y pida algo.',
    'steps.0.why': 'Quien tenga su dirección sabe también que usted es cliente.',
    'steps.1.what': 'Active un segundo factor en su cuenta.',
    'steps.1.why': 'Una contraseña sola no basta cuando se conoce su dirección.',
    'steps.2.what': 'Use aquí una contraseña que no use en ningún otro sitio.',
    'steps.2.why': 'Las listas de direcciones se prueban con contraseñas de otras filtraciones.',
    'steps.3.what': 'Borre el correo si lo recibió, sin responder a todos.',
    'steps.3.why': 'Cada respuesta vuelve a mostrar las direcciones.',
    'authorities.0.name': 'La autoridad de protección de datos',
  };
}

/** In the order of the questions. The last two wait for their translation. */
export const spanishFaqs: readonly TranslatedWords[] = [
  {
    category: 'Sobre usted',
    question: '¿Se mostró mi dirección a otras personas?',
    answer:
      'Entre en este sitio con la dirección que usa con nosotros. Enviamos un código a ese buzón, y después le mostramos lo que sabemos de esa dirección y de ninguna otra. ¿Usó otra forma de escribirla, o una dirección anterior? Añádala, y escribiremos a ella.',
  },
  {
    category: 'Sobre usted',
    question: '¿Está seguro mi dinero?',
    answer:
      'Sí. El sistema de correo está separado de la negociación, de los saldos y de los accesos, y nada de ello se vio afectado. Lo que puede seguir a una dirección conocida es correo engañoso, así que desconfíe de todo lo que diga venir de nosotros.',
  },
];
